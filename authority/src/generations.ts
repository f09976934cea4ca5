/**
 * Which client ids are the platform's own. Each generation of a branch has one: the server stamps the branch with it,
 * so that a document that comes back, whatever browser it was in, is known for what it is.
 */

/** Yjs draws client ids of 32 bits for people and agents; from here on they are the platform's. */
export const FIRST_PLATFORM_CLIENT = 2 ** 40

/** Generations count from 1. */
export const stampClient = (generation: number): number => FIRST_PLATFORM_CLIENT + generation

/** The generation whose stamp a client id is, if it is one. */
export function generationOf(client: number): number | null {
  return client > FIRST_PLATFORM_CLIENT ? client - FIRST_PLATFORM_CLIENT : null
}

/** The latest generation that a document has seen, by the client ids in it; 1 without a stamp. */
export function latestGeneration(clients: Iterable<number>): number {
  let latest = 1
  for (const client of clients) latest = Math.max(latest, generationOf(client) ?? 1)
  return latest
}
