/** A steady colour for a member of whom only the id is known. */

/** 0..359, the same for the same id. */
export function hueOf(memberId: string): number {
  let hash = 0
  for (const letter of memberId) hash = (hash * 31 + letter.charCodeAt(0)) % 359
  return hash
}
