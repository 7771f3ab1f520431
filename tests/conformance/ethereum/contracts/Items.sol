// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

/// An ERC-1155 with three kinds of items, all its deployer's at first.
contract Items is ERC1155 {
    constructor() ERC1155("https://items.example/{id}.json") {
        uint256[] memory ids = new uint256[](3);
        uint256[] memory amounts = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            ids[i] = i + 1;
            amounts[i] = 1000 * (i + 1);
        }
        _mintBatch(msg.sender, ids, amounts, "");
    }
}
