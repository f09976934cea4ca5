/** What a member's pages have kept in this browser, for whoever is about to end their sign-in. */
import { openKeptStore } from './kept-store.ts'

/** Keys that were typed a moment ago are usually confirmed a moment later. */
const MOMENT_MS = 400

/** The files whose text is not saved, or was refused and not taken note of. */
export async function leftBehind(memberId: string): Promise<readonly string[]> {
  try {
    const store = await openKeptStore()
    const look = async (): Promise<readonly string[]> => [
      ...new Set((await store.of(memberId)).map(({ path }) => path)),
    ]
    if ((await look()).length === 0) return []
    await new Promise((resolve) => setTimeout(resolve, MOMENT_MS))
    return await look()
  } catch {
    // A browser that keeps nothing has nothing to leave behind.
    return []
  }
}

let discarded = false

/** Whether what is not saved was given up on this page: nobody is to be asked about it again. */
export const isDiscarded = (): boolean => discarded

/** Nothing of the member's text stays in this browser. */
export async function forgetLeftBehind(memberId: string): Promise<void> {
  discarded = true
  try {
    await (await openKeptStore()).forget(memberId)
  } catch {
    // There is nothing to forget.
  }
}
