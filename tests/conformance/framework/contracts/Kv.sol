pragma solidity ^0.4.24;

/// What the suite calls as contract `kv`: a text under a key, set once.
contract Kv {
    mapping(string => string) private values;

    event Set(string key, string value);

    function set(string key, string value) public {
        require(bytes(values[key]).length == 0, "key value already exists");
        values[key] = value;
        emit Set(key, value);
    }

    function get(string key) public view returns (string) {
        require(bytes(values[key]).length != 0, "data not found");
        return values[key];
    }
}
