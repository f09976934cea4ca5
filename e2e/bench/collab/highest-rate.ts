/** The highest rate that a server sustains: short trials find about where it is, the full time confirms it. */
import type { Running } from './subjects.ts'
import { isSustained, typeInto, type Load } from './typing.ts'

export type Search = {
  readonly typists: number
  /** Where to begin; the result of the round before, when there is one. */
  readonly from: number
  readonly trialSeconds: number
  readonly confirmSeconds: number
}

const STEP = 1.3
/** Above this the bench itself has no time left to look. */
const CEILING = 120_000

/** Keystrokes a second. */
export async function highestRate(running: Running, search: Search): Promise<number> {
  const trial = async (rate: number, seconds: number): Promise<boolean> => {
    const [document] = running.documents(1)
    const load: Load = {
      typists: search.typists,
      rate,
      seconds,
      watchingTypists: 0,
      patient: false,
    }
    return isSustained(await typeInto(running, document ?? '', load), rate)
  }
  const short = (rate: number): Promise<boolean> => trial(rate, search.trialSeconds)

  let good = search.from
  if (await short(good)) {
    while (good * STEP <= CEILING && (await short(good * STEP))) good *= STEP
  } else {
    do good /= STEP
    while (good > 50 && !(await short(good)))
  }
  const between = good * Math.sqrt(STEP)
  if (between <= CEILING && (await short(between))) good = between
  while (!(await trial(good, search.confirmSeconds))) {
    good *= 0.93
    if (good < 50) return 0
  }
  return good
}
