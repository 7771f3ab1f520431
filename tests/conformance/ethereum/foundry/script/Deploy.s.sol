// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {CounterProxy, CounterV1, CounterV2} from "contracts/Counter.sol";
import {Collectible} from "contracts/Collectible.sol";
import {Evidence} from "contracts/Evidence.sol";
import {Items} from "contracts/Items.sol";
import {Token} from "contracts/Token.sol";

/// The part of forge's cheat codes that this script needs.
interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
    function writeFile(string calldata path, string calldata data) external;
    function toString(address value) external pure returns (string memory);
}

/// Deploys everything and uses it, as `forge script --broadcast` sends it.
contract Deploy {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public constant IS_SCRIPT = true;

    function run() external {
        VM.startBroadcast();
        Token token = new Token("Test", "TST", 1000);
        token.transfer(address(0xbeef), 10);
        Collectible collectible = new Collectible();
        collectible.mint(address(0xbeef), "ipfs://foundry");
        Items items = new Items();
        items.safeTransferFrom(msg.sender, address(0xbeef), 1, 5, "");
        CounterV1 first = new CounterV1();
        CounterProxy proxy = new CounterProxy(address(first), abi.encodeCall(CounterV1.initialize, (20)));
        CounterV1(address(proxy)).upgradeToAndCall(address(new CounterV2()), abi.encodeCall(CounterV2.initializeV2, (2)));
        CounterV2(address(proxy)).increment();
        Evidence evidence = new Evidence();
        evidence.deposit(keccak256("foundry"), "by forge");
        VM.stopBroadcast();

        require(token.balanceOf(address(0xbeef)) == 10, "token");
        require(CounterV2(address(proxy)).count() == 22, "counter");
        VM.writeFile("../cache/foundry/deployed.txt", string.concat(
            VM.toString(address(token)), " ", VM.toString(address(proxy)), " ", VM.toString(address(evidence))));
    }
}
