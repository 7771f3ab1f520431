// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {CounterV2} from "contracts/Counter.sol";
import {Evidence} from "contracts/Evidence.sol";
import {Token} from "contracts/Token.sol";

/// The part of forge's cheat codes that these tests need.
interface Vm {
    function readFile(string calldata path) external view returns (string memory);
    function split(string calldata text, string calldata by) external pure returns (string[] memory);
    function parseAddress(string calldata text) external pure returns (address);
    function prank(address sender) external;
    function expectRevert(bytes calldata data) external;
}

/// Run on a fork of the node: its state is read through the node's JSON-RPC, and changed here only.
contract ForkTest {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public constant IS_TEST = true;

    Token private token;
    CounterV2 private counter;
    Evidence private evidence;

    function setUp() external {
        string[] memory places = VM.split(VM.readFile("../cache/foundry/deployed.txt"), " ");
        token = Token(VM.parseAddress(places[0]));
        counter = CounterV2(VM.parseAddress(places[1]));
        evidence = Evidence(VM.parseAddress(places[2]));
    }

    function testStateOfTheNode() external view {
        require(token.balanceOf(address(0xbeef)) == 10, "balance");
        require(counter.count() == 22, "count");
        require(keccak256(bytes(counter.version())) == keccak256("V2"), "version");
        (address depositor,, uint256 number) = evidence.find(keccak256("foundry"));
        require(depositor != address(0) && number <= block.number, "evidence");
    }

    function testChangesOfTheFork() external {
        VM.prank(address(0xbeef));
        token.transfer(address(this), 4);
        require(token.balanceOf(address(0xbeef)) == 6, "balance");
        counter.increment();
        require(counter.count() == 24, "count");
        evidence.deposit(keccak256("only here"), "");
        require(evidence.isDeposited(keccak256("only here")), "deposit");
        VM.expectRevert(abi.encodeWithSelector(
            Evidence.AlreadyDeposited.selector, keccak256("only here"), address(this), block.number));
        evidence.deposit(keccak256("only here"), "");
    }
}
