// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Each way in which a call fails, and what a client learns of it.
contract Failures {
    error Refused(address by, uint256 amount, string why);
    error Bare();

    event Note(uint256 indexed number, string text);

    uint256 public value;
    uint256[] private numbers;

    function withRequire() external {
        ++value;
        require(false, "the reason is this");
    }

    function withEmptyRevert() external {
        ++value;
        revert();
    }

    function withCustomError(uint256 amount) external {
        ++value;
        revert Refused(msg.sender, amount, "too much");
    }

    function withBareError() external {
        ++value;
        revert Bare();
    }

    function withOverflow(uint8 number) external pure returns (uint8) {
        return number + 1; // panic 0x11
    }

    function withDivision(uint256 by) external pure returns (uint256) {
        return 1 / by; // panic 0x12
    }

    function withAssert() external pure {
        assert(false); // panic 0x01
    }

    function withIndex(uint256 index) external view returns (uint256) {
        return numbers[index]; // panic 0x32
    }

    function withInvalidOpcode() external {
        ++value;
        assembly {
            invalid()
        }
    }

    function withIdleLoop() external pure {
        while (true) {}
    }

    function withEndlessLoop() external {
        while (true) {
            ++value;
        }
    }

    /// Succeeds, with so many events: `number` counts up from `first`.
    function notes(uint256 first, uint256 count, string calldata text) external {
        for (uint256 i = 0; i < count; ++i) {
            emit Note(first + i, text);
        }
    }

    function set(uint256 to) external {
        value = to;
    }

    function pay() external payable {}
}
