/** Digests as people see them, and where their bytes are. */

/** The first twelve digits: enough to tell releases apart. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12)

export const tarAddress = (digest: string): string =>
  `/api/releases/${encodeURIComponent(digest)}.tar`
