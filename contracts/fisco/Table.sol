pragma solidity >=0.4.24 <0.6.0;

// Tables of a FISCO BCOS channel, as contracts use them. Tables, entries and conditions that a call
// hands out have addresses for the rest of the transaction only: never store them.

/// At 0x1001: tables whose rows have a key, which several rows may share.
contract TableFactory {
    /// The table, or the zero address.
    function openTable(string memory name) public view returns (Table);
    /// 0, or a negative number: -50001 if the table exists. Fields stand in `fields`, separated by commas.
    function createTable(string memory name, string memory keyField, string memory fields)
        public returns (int256);
}

contract Table {
    function newEntry() public view returns (Entry);
    function newCondition() public view returns (Condition);
    /// The rows of the key that match, in the order in which they were inserted.
    function select(string memory key, Condition condition) public view returns (Entries);
    /// How many rows were written, or -50000 if the signer may not write the table.
    function insert(string memory key, Entry entry) public returns (int256);
    function update(string memory key, Entry entry, Condition condition) public returns (int256);
    function remove(string memory key, Condition condition) public returns (int256);
}

/// All of them must hold. EQ and NE of texts compare texts, the others numbers of 64 bits.
contract Condition {
    function EQ(string memory field, int256 value) public view;
    function EQ(string memory field, string memory value) public view;
    function EQ(string memory field, address value) public view;
    function NE(string memory field, int256 value) public view;
    function NE(string memory field, string memory value) public view;
    function GT(string memory field, int256 value) public view;
    function GE(string memory field, int256 value) public view;
    function LT(string memory field, int256 value) public view;
    function LE(string memory field, int256 value) public view;
    function limit(int256 count) public view;
    function limit(int256 offset, int256 count) public view;
}

/// Rows, counted from 0.
contract Entries {
    function size() public view returns (int256);
    function get(int256 index) public view returns (Entry);
}

/// A row: texts by the names of fields. A copy; only insert, update and set write it into a table.
contract Entry {
    function getInt(string memory field) public view returns (int256);
    function getUInt(string memory field) public view returns (uint256);
    function getAddress(string memory field) public view returns (address);
    function getBytes32(string memory field) public view returns (bytes32);
    function getBytes64(string memory field) public view returns (bytes1[64] memory);
    function getString(string memory field) public view returns (string memory);
    function set(string memory field, int256 value) public;
    function set(string memory field, uint256 value) public;
    function set(string memory field, string memory value) public;
    function set(string memory field, address value) public;
}

/// At 0x1010: tables that have one row for each key.
contract KVTableFactory {
    /// Reverts if there is no such table.
    function openTable(string memory name) public view returns (KVTable);
    function createTable(string memory name, string memory keyField, string memory fields)
        public returns (int256);
}

contract KVTable {
    function newEntry() public view returns (Entry);
    /// Whether there is a row, and the row.
    function get(string memory key) public view returns (bool, Entry);
    /// Fields that the entry does not have stay as they are.
    function set(string memory key, Entry entry) public returns (int256);
}
