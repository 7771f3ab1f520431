// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Evidence: who deposited a hash, and when, first.
/// @notice A hash is deposited once and stays as it is: nobody can change or take back an entry.
/// What was hashed stays outside; a note travels in the event's data and costs no storage.
contract Evidence {
    /// An entry fills one storage slot, so a deposit writes one.
    struct Entry {
        address depositor;
        uint48 time;
        uint48 blockNumber;
    }

    mapping(bytes32 => Entry) private entries;

    /// @param time The block's time, in the unit of the chain's `block.timestamp`.
    event Deposited(bytes32 indexed hash, address indexed depositor, uint256 time, string note);

    error AlreadyDeposited(bytes32 hash, address depositor, uint256 blockNumber);
    error NotDeposited(bytes32 hash);

    /// @notice Deposits a hash in the sender's name.
    /// @param note Any text, or none; kept in the event only.
    function deposit(bytes32 hash, string calldata note) external {
        Entry storage entry = entries[hash];
        if (entry.depositor != address(0)) {
            revert AlreadyDeposited(hash, entry.depositor, entry.blockNumber);
        }
        entries[hash] = Entry(msg.sender, uint48(block.timestamp), uint48(block.number));
        emit Deposited(hash, msg.sender, block.timestamp, note);
    }

    /// @notice Who deposited the hash, at which time, in which block. Reverts if nobody did.
    function find(bytes32 hash) external view returns (address depositor, uint256 time, uint256 blockNumber) {
        Entry storage entry = entries[hash];
        if (entry.depositor == address(0)) {
            revert NotDeposited(hash);
        }
        return (entry.depositor, entry.time, entry.blockNumber);
    }

    function isDeposited(bytes32 hash) external view returns (bool) {
        return entries[hash].depositor != address(0);
    }
}
