// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Claim} from "../types/EscrowTypes.sol";

/// The second slot of a deal, which is there while a report waits:
/// reported (64) clientValue (64) agencyValue (64) windowEndsAt - startsAt (32) asOf - startsAt (28)
/// agreedPaid (1) isSelfReport (1) byAgency (1) byClient (1).
/// A deal lives five years at most, which are 28 bits of seconds; a window ends within 136 years, see `fits`.
library ClaimSlot {
    uint256 private constant BY_CLIENT = 1;
    uint256 private constant BY_AGENCY = 2;
    uint256 private constant SELF_REPORT = 4;
    uint256 private constant AGREED_PAID = 8;
    uint256 private constant AS_OF = (1 << 28) - 1;

    /// All zero for an empty slot.
    function unpack(uint256 slot, uint256 startsAt, int256 adjust) internal pure returns (Claim memory claim) {
        if (slot == 0) return claim;
        claim.reported = uint64(slot >> 192);
        claim.clientValue = uint64(slot >> 128);
        claim.agencyValue = uint64(slot >> 64);
        claim.windowEndsAt = uint40(startsAt + uint32(slot >> 32));
        claim.asOf = uint40(startsAt + ((slot >> 4) & AS_OF));
        claim.agreedPaid = slot & AGREED_PAID != 0;
        claim.isSelfReport = slot & SELF_REPORT != 0;
        claim.byAgency = slot & BY_AGENCY != 0;
        claim.byClient = slot & BY_CLIENT != 0;
        claim.value = claim.isSelfReport ? claim.reported : _adjusted(claim.reported, adjust);
    }

    /// `claim` must fit.
    function pack(Claim memory claim, uint256 startsAt) internal pure returns (uint256 slot) {
        slot = (uint256(claim.reported) << 192) | (uint256(claim.clientValue) << 128)
            | (uint256(claim.agencyValue) << 64) | ((uint256(claim.windowEndsAt) - startsAt) << 32)
            | ((uint256(claim.asOf) - startsAt) << 4);
        if (claim.agreedPaid) slot |= AGREED_PAID;
        if (claim.isSelfReport) slot |= SELF_REPORT;
        if (claim.byAgency) slot |= BY_AGENCY;
        if (claim.byClient) slot |= BY_CLIENT;
    }

    function fits(Claim memory claim, uint256 startsAt) internal pure returns (bool) {
        return claim.windowEndsAt - startsAt <= type(uint32).max;
    }

    /// Within the range of values.
    function _adjusted(uint256 reported, int256 adjust) private pure returns (uint64) {
        int256 sum = int256(reported) + adjust;
        if (sum < 0) return 0;
        return uint256(sum) > type(uint64).max ? type(uint64).max : uint64(uint256(sum));
    }
}
