// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Token: an ERC-20 whose whole supply belongs to its deployer at first.
contract Token is ERC20 {
    /// @param supply In the smallest unit, of which 10^18 make one token.
    constructor(string memory name, string memory symbol, uint256 supply) ERC20(name, symbol) {
        _mint(msg.sender, supply);
    }
}
