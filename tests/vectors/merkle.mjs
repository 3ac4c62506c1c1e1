// Makes merkle.json, roots and proofs by OpenZeppelin's own implementation. Once, in a folder outside this project:
//
//   npm install @openzeppelin/merkle-tree@1.0.8
//   cp .../tests/vectors/merkle.mjs . && node merkle.mjs .../tests/vectors/merkle.json
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";

const types = ["bytes32", "string", "string", "uint256", "bytes32"];
const reasons = ["", "criteria_not_met", "", "duplicate_id", "reversed", "outside_attribution_window"];
const hash = (text) => "0x" + createHash("sha256").update(text).digest("hex");

function row(i) {
  const reason = reasons[i % reasons.length];
  const quantity = i % 5 === 4 ? "9223372036854775807" : String(1 + (i % 3));
  return [hash(`unit ${i}`), reason ? "excluded" : "counted", reason, quantity, hash(`event ${i}`)];
}

const cases = [1, 2, 3, 4, 5, 7, 8, 13, 100].map((size) => {
  const rows = Array.from({ length: size }, (_, i) => row(i));
  const tree = StandardMerkleTree.of(rows, types);
  const places = [...new Set([0, size >> 1, size - 1])];
  const proofs = places.map((at) => ({ at, leaf: tree.leafHash(rows[at]), proof: tree.getProof(at) }));
  const some = rows.map((_, at) => at).filter((at) => at % 3 !== 1);
  const multiProofs = [places, some, rows.map((_, at) => at)].map((chosen) => {
    const { leaves, proof, proofFlags } = tree.getMultiProof(chosen);
    return { chosen, leaves: leaves.map((leaf) => tree.leafHash(leaf)), proof, flags: proofFlags };
  });
  return { rows, root: tree.root, proofs, multiProofs };
});
writeFileSync(process.argv[2], JSON.stringify({ types, cases }, null, 1) + "\n");
