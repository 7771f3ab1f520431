// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts-upgradeable/proxy/utils/UUPSUpgradeable.sol";

/// The first implementation behind a UUPS proxy.
contract CounterV1 is UUPSUpgradeable, OwnableUpgradeable {
    uint256 public count;

    event Counted(uint256 count);

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    function initialize(uint256 start) external initializer {
        __Ownable_init(msg.sender);
        count = start;
    }

    function increment() external virtual {
        emit Counted(++count);
    }

    function version() external pure virtual returns (string memory) {
        return "V1";
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}

/// The second: counts by steps, and has a state variable more.
contract CounterV2 is CounterV1 {
    uint256 public step;

    function initializeV2(uint256 step_) external reinitializer(2) {
        step = step_;
    }

    function increment() external override {
        count += step;
        emit Counted(count);
    }

    function version() external pure override returns (string memory) {
        return "V2";
    }
}

/// OpenZeppelin's proxy, so that the compiler puts out its bytecode.
contract CounterProxy is ERC1967Proxy {
    constructor(address implementation, bytes memory data) ERC1967Proxy(implementation, data) {}
}
