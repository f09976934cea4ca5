/** How much one connection and one member may ask of the server. Generous for editors, and every one can be set. */

export type Limits = {
  /** Messages of one socket in a second, on average; twice as many at once. More waits its turn, nothing is lost. */
  readonly messagesPerSecond: number
  /** Bytes of one socket in a second, on average; twice as many at once. More waits its turn. */
  readonly bytesPerSecond: number
  /** The share of both that is left while the server is behind with its work. */
  readonly shareUnderPressure: number
  /** What one socket may have sent that is not dealt with yet: then no more is read from it. */
  readonly backlogMessages: number
  readonly backlogBytes: number
  /** What one socket may leave unread: from a part of it on nothing more is taken from it, and then it is cut. */
  readonly unreadBytes: number
  readonly documentsPerSocket: number
  readonly socketsPerMember: number
  /** Openings of documents per socket in a second, on average. More waits its turn. */
  readonly openingsPerSecond: number
  /** Words of presence per socket in a second, on average, each for a kilobyte of it. More is passed over. */
  readonly presencePerSecond: number
  /** Pings of one socket in a second, on average. Browsers send none; who goes beyond it is cut. */
  readonly pingsPerSecond: number
  /** Refusals that no editor ever causes, per socket in a minute: then it is cut. */
  readonly refusalsPerMinute: number
  /** Within this time a socket has opened something, or is cut. A slow browser on a busy server needs some of it. */
  readonly strangerMs: number
  /** A socket that is silent for twice as long, though it was asked for a sign of life, is cut. */
  readonly silenceMs: number
}

const USUAL: Limits = {
  messagesPerSecond: 60_000,
  bytesPerSecond: 8 * 1024 * 1024,
  shareUnderPressure: 0.02,
  backlogMessages: 4_000,
  backlogBytes: 2 * 1024 * 1024,
  unreadBytes: 16 * 1024 * 1024,
  documentsPerSocket: 500,
  socketsPerMember: 64,
  openingsPerSecond: 100,
  presencePerSecond: 100,
  pingsPerSecond: 10,
  refusalsPerMinute: 100,
  strangerMs: 30_000,
  silenceMs: 10_000,
}

/** `RELPIN_LIMITS` is JSON with those that are to differ. Throws a sentence for what is no limit. */
export function readLimits(text: string | undefined): Limits {
  if (!text) return USUAL
  const given = JSON.parse(text) as Readonly<Record<string, unknown>>
  for (const [name, value] of Object.entries(given)) {
    if (!(name in USUAL)) throw new Error(`RELPIN_LIMITS knows no "${name}".`)
    if (typeof value !== 'number' || !(value > 0))
      throw new Error(`RELPIN_LIMITS: "${name}" is a number above zero.`)
  }
  return { ...USUAL, ...given }
}
