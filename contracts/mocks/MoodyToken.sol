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
        BurnsGas,
        /// Rebases: the caller has half of its tokens, before it moves any.
        Halves,
        /// Rebases: the caller has twice its tokens, before it moves any.
        Doubles
    }

    error Blocked(address account);
    error Paused();

    Mood public payingMood;
    Mood public takingMood;
    Mood public permitMood;
    bool public paused;
    uint8 private _decimals = 18;
    mapping(address account => bool) public hooked;
    mapping(address account => bool) public blocked;

    constructor() ERC20("Moody Token", "MOOD") {}

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function setDecimals(uint8 decimals_) external {
        _decimals = decimals_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// Rebases: the account has nothing any more.
    function wipe(address account) external {
        _burn(account, balanceOf(account));
    }

    /// How `transfer` behaves.
    function setPayingMood(Mood mood) external {
        payingMood = mood;
    }

    /// How `transferFrom` and `receiveWithAuthorization` behave.
    function setTakingMood(Mood mood) external {
        takingMood = mood;
    }

    /// How `permit` behaves.
    function setPermitMood(Mood mood) external {
        permitMood = mood;
    }

    /// Nothing moves.
    function setPaused(bool on) external {
        paused = on;
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

    /// Believes every signature.
    function permit(address owner, address spender, uint256 amount, uint256, uint8, bytes32, bytes32) external {
        _fail(permitMood);
        _approve(owner, spender, amount);
        if (permitMood == Mood.ReturnsBomb) _bomb(true);
    }

    /// Believes every signature.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 amount,
        uint256,
        uint256,
        bytes32,
        uint8,
        bytes32,
        bytes32
    ) external {
        _move(from, to, amount, takingMood);
    }

    function _move(address from, address to, uint256 amount, Mood mood) private returns (bool) {
        if (paused) revert Paused();
        if (blocked[to]) revert Blocked(to);
        _fail(mood);
        if (mood == Mood.ReturnsFalse) return false;
        if (mood == Mood.Halves) _burn(msg.sender, balanceOf(msg.sender) / 2);
        if (mood == Mood.Doubles) _mint(msg.sender, balanceOf(msg.sender));

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

    function _fail(Mood mood) private view {
        if (mood == Mood.Reverts) revert("not today");
        if (mood == Mood.BurnsGas) while (true) {}
        if (mood == Mood.RevertsWithBomb) _bomb(false);
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
