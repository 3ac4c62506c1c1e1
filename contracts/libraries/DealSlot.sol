// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Deal} from "../types/EscrowTypes.sol";

/// The one storage slot of a deal, packed by hand so that each write is one SSTORE:
/// funded (96) performance (96) lastAsOf - startsAt (30) endsAt - startsAt (30, 0 = as in the terms) unused (3)
/// closed (1). Thirty bits of seconds are 34 years; opening bounds a deal's life far below.
library DealSlot {
    uint256 private constant CLOSED = 1;
    uint256 private constant OFFSET = (1 << 30) - 1;

    function unpack(uint256 slot, uint256 startsAt, uint256 plannedEnd) internal pure returns (Deal memory deal) {
        unchecked {
            uint256 endOffset = (slot >> 4) & OFFSET;
            deal.funded = uint96(slot >> 160);
            deal.performance = uint96(slot >> 64);
            deal.lastAsOf = uint40(startsAt + ((slot >> 34) & OFFSET));
            deal.endsAt = uint40(endOffset == 0 ? plannedEnd : startsAt + endOffset);
            deal.closed = slot & CLOSED != 0;
        }
    }

    function pack(Deal memory deal, uint256 startsAt, uint256 plannedEnd) internal pure returns (uint256 slot) {
        slot = (uint256(deal.funded) << 160) | (uint256(deal.performance) << 64)
            | ((uint256(deal.lastAsOf) - startsAt) << 34);
        if (deal.endsAt != plannedEnd) slot |= (uint256(deal.endsAt) - startsAt) << 4;
        if (deal.closed) slot |= CLOSED;
    }
}
