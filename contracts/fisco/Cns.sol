pragma solidity >=0.4.24 <0.6.0;

/// At 0x1004: addresses and ABIs of contracts by name and version.
contract CNS {
    /// 1, or a negative number: -51200 if the name has the version already.
    function insert(string memory name, string memory version, string memory addr, string memory abi_)
        public returns (int256);
    /// JSON: [{"abi":…,"address":…,"name":…,"version":…},…]
    function selectByName(string memory name) public view returns (string memory);
    function selectByNameAndVersion(string memory name, string memory version)
        public view returns (string memory);
    /// Reverts if nothing is registered.
    function getContractAddress(string memory name, string memory version) public view returns (address);
}
