pragma solidity ^0.4.24;

/// What the clients' tests call: a value, its event, ways to fail.
contract Store {
    string private text;
    int256 public count;

    event Changed(address indexed by, int256 indexed count, string text);

    constructor(string first) public {
        text = first;
    }

    function set(string to) public returns (int256) {
        text = to;
        ++count;
        emit Changed(msg.sender, count, to);
        return count;
    }

    function get() public view returns (string) {
        return text;
    }

    function fail() public {
        ++count;
        require(false, "the reason is this");
    }

    function endless() public {
        while (true) {
            ++count;
        }
    }
}
