pragma solidity ^0.4.24;

/// What the suite calls as contract `evidence`: a note on a hash, deposited once.
contract Evidence {
    mapping(string => string) private notes;
    mapping(string => bool) private deposited;

    event Deposited(string hash, string note);

    function deposit(string hash, string note) public {
        require(!deposited[hash], "deposited already");
        deposited[hash] = true;
        notes[hash] = note;
        emit Deposited(hash, note);
    }

    function find(string hash) public view returns (string) {
        require(deposited[hash], "not deposited");
        return notes[hash];
    }
}
