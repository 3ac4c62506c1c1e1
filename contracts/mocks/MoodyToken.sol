// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// What a MoodyToken calls on an account that asked for it, as ERC-777 does.
interface ITokenHooks {
    function tokensToSend() external;
    function tokensReceived() external;
}

/// For tests: a token that does to its users what real tokens have done. Honest until told otherwise.
contract MoodyToken is ERC20 {
    enum Mood {
        Honest,
        /// Delivers one percent less.
        Fee,
        /// Delivers one unit more.
        Bonus,
        ReturnsFalse,
        ReturnsNothing,
        ReturnsTwo,
        ReturnsOneByte,
        Reverts,
        /// Reverts with as much data as its gas can buy.
        RevertsWithBomb,
        /// Moves the tokens and returns `true`, and much more after it.
        ReturnsBomb,
        BurnsGas
    }

    error Blocked(address account);

    Mood public payingMood;
    Mood public takingMood;
    mapping(address account => bool) public hooked;
    mapping(address account => bool) public blocked;

    constructor() ERC20("Moody Token", "MOOD") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// How `transfer` behaves.
    function setPayingMood(Mood mood) external {
        payingMood = mood;
    }

    /// How `transferFrom` behaves.
    function setTakingMood(Mood mood) external {
        takingMood = mood;
    }

    /// The account is told before its tokens leave and after tokens came.
    function setHooked(address account, bool on) external {
        hooked[account] = on;
    }

    function setBlocked(address account, bool on) external {
        blocked[account] = on;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return _move(msg.sender, to, amount, payingMood);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        _spendAllowance(from, msg.sender, amount);
        return _move(from, to, amount, takingMood);
    }

    function _move(address from, address to, uint256 amount, Mood mood) private returns (bool) {
        if (blocked[to]) revert Blocked(to);
        if (mood == Mood.Reverts) revert("not today");
        if (mood == Mood.ReturnsFalse) return false;
        if (mood == Mood.BurnsGas) while (true) {}
        if (mood == Mood.RevertsWithBomb) _bomb(false);

        if (hooked[from]) ITokenHooks(from).tokensToSend();
        _transfer(from, to, amount);
        if (mood == Mood.Fee) _burn(to, amount / 100);
        if (mood == Mood.Bonus) _mint(to, 1);
        if (hooked[to]) ITokenHooks(to).tokensReceived();

        if (mood == Mood.ReturnsBomb) _bomb(true);
        if (mood == Mood.ReturnsNothing) {
            assembly {
                return(0, 0)
            }
        }
        if (mood == Mood.ReturnsTwo) {
            assembly {
                mstore(0, 2)
                return(0, 0x20)
            }
        }
        if (mood == Mood.ReturnsOneByte) {
            assembly {
                mstore8(0, 1)
                return(0, 1)
            }
        }
        return true;
    }

    /// A million bytes where there is gas for them, else twenty thousand.
    function _bomb(bool good) private view {
        uint256 size = gasleft() > 4_000_000 ? 1_000_000 : 20_000;
        assembly {
            mstore(0, 1)
            if good { return(0, size) }
            revert(0, size)
        }
    }
}
