/** One attack with the outcome that it must have, and how all of them are run one after the other. */
import type { World } from './world.ts'

export type Case = {
  readonly name: string
  /** The asserted outcome, in words. */
  readonly held: string
  /** Throws when the outcome is another one. */
  readonly run: (world: World) => Promise<void>
}

export type Family = { readonly name: string; readonly cases: readonly Case[] }

export type Result = {
  readonly family: string
  readonly name: string
  /** Why it did not hold; `null` when it did. */
  readonly fault: string | null
}

/** Runs each case, and looks after each whether any honest peer saw anything. */
export async function runFamilies(
  world: World,
  families: readonly Family[],
  only: string | undefined,
  afterCase: (family: string, one: Case) => Promise<void>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const { name: family, cases } of families) {
    for (const one of cases) {
      if (only !== undefined && !`${family}: ${one.name}`.includes(only)) continue
      const began = performance.now()
      const fault = await outcome(world, one)
      results.push({ family, name: one.name, fault })
      const took = ((performance.now() - began) / 1000).toFixed(1)
      process.stderr.write(
        `${fault === null ? 'held ' : 'BROKE'} ${family}: ${one.name} -> ${one.held} (${took} s)${fault === null ? '' : `\n      ${fault}`}\n`,
      )
      await afterCase(family, one)
    }
  }
  return results
}

async function outcome(world: World, one: Case): Promise<string | null> {
  try {
    await one.run(world)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    world.closeSockets()
  }
  return world.harm()
}
