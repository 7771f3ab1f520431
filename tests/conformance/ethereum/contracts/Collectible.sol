// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// An ERC-721 whose owner mints, each token with a URI of its own.
contract Collectible is ERC721URIStorage, Ownable {
    uint256 public minted;

    constructor() ERC721("Collectible", "ONE") Ownable(msg.sender) {}

    function mint(address to, string calldata uri) external onlyOwner returns (uint256 id) {
        id = ++minted;
        _safeMint(to, id);
        _setTokenURI(id, uri);
    }
}
