pragma solidity ^0.4.24;
pragma experimental ABIEncoderV2;

import "./Table.sol";

/// @title Base: the preset contract for FISCO BCOS, rows in a table of the node.
/// @notice Rows of table t_base: base_id (the key, not unique), base_key (a number), base_value (text).
contract Base {
    string private constant TABLE = "t_base";
    string private constant ID = "base_id";
    string private constant KEY = "base_key";
    string private constant VALUE = "base_value";
    int256 private constant EXISTS = -50001;

    event InsertResult(int256 count, string base_id, int256 base_key, string base_value);
    event UpdateResult(int256 count, string base_id, int256 base_key, string base_value);
    event DeleteResult(int256 count, string base_id, int256 base_key);

    constructor() public {
        int256 made = factory().createTable(TABLE, ID, "base_key,base_value");
        require(made == 0 || made == EXISTS, "the table t_base was not made");
    }

    /// @notice All rows of an id, as three lists of one length.
    function select(string base_id) public view returns (string[], int256[], string[]) {
        Table table = factory().openTable(TABLE);
        Entries entries = table.select(base_id, table.newCondition());
        uint256 size = uint256(entries.size());
        string[] memory ids = new string[](size);
        int256[] memory keys = new int256[](size);
        string[] memory values = new string[](size);
        for (uint256 i = 0; i < size; ++i) {
            Entry entry = entries.get(int256(i));
            ids[i] = entry.getString(ID);
            keys[i] = entry.getInt(KEY);
            values[i] = entry.getString(VALUE);
        }
        return (ids, keys, values);
    }

    /// @return The number of rows, 1; or a negative code of the table contract.
    function insert(string base_id, int256 base_key, string base_value) public returns (int256) {
        Table table = factory().openTable(TABLE);
        Entry entry = table.newEntry();
        entry.set(ID, base_id);
        entry.set(KEY, base_key);
        entry.set(VALUE, base_value);
        int256 count = table.insert(base_id, entry);
        emit InsertResult(count, base_id, base_key, base_value);
        return count;
    }

    /// @notice Gives the rows of this id and key another value.
    function update(string base_id, int256 base_key, string base_value) public returns (int256) {
        Table table = factory().openTable(TABLE);
        Entry entry = table.newEntry();
        entry.set(VALUE, base_value);
        int256 count = table.update(base_id, entry, rowsOf(table, base_id, base_key));
        emit UpdateResult(count, base_id, base_key, base_value);
        return count;
    }

    /// @notice Takes the rows of this id and key away.
    function remove(string base_id, int256 base_key) public returns (int256) {
        Table table = factory().openTable(TABLE);
        int256 count = table.remove(base_id, rowsOf(table, base_id, base_key));
        emit DeleteResult(count, base_id, base_key);
        return count;
    }

    function factory() private pure returns (TableFactory) {
        return TableFactory(0x1001);
    }

    function rowsOf(Table table, string base_id, int256 base_key) private view returns (Condition) {
        Condition condition = table.newCondition();
        condition.EQ(ID, base_id);
        condition.EQ(KEY, base_key);
        return condition;
    }
}
