pragma solidity >=0.4.24 <0.6.0;

// KVTableFactory and KVTable, by the name under which some contracts import them.
import "./Table.sol";
