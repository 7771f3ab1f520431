pragma solidity ^0.4.24;

/// @title Evidence: who deposited a hash, and when, first. The same as ../Evidence.sol, for FISCO BCOS 2.x.
/// @notice A hash is deposited once and stays as it is. A note travels in the event's data and costs no storage.
contract Evidence {
    struct Entry {
        address depositor;
        uint48 time;
        uint48 blockNumber;
    }

    mapping(bytes32 => Entry) private entries;

    /// @param time The block's time, in milliseconds, as FISCO BCOS has it.
    event Deposited(bytes32 indexed hash, address indexed depositor, uint256 time, string note);

    function deposit(bytes32 hash, string note) public {
        require(entries[hash].depositor == address(0), "deposited already");
        entries[hash] = Entry(msg.sender, uint48(now), uint48(block.number));
        emit Deposited(hash, msg.sender, now, note);
    }

    function find(bytes32 hash) public view returns (address depositor, uint256 time, uint256 blockNumber) {
        Entry storage entry = entries[hash];
        require(entry.depositor != address(0), "not deposited");
        return (entry.depositor, entry.time, entry.blockNumber);
    }

    function isDeposited(bytes32 hash) public view returns (bool) {
        return entries[hash].depositor != address(0);
    }
}
