/** What one writer has written and what of it was acknowledged: the storm's truth, kept apart from all that is tested. */
import * as Y from 'yjs'
import type { Offer } from './tapped-socket.ts'

/** One keystroke's or one edit's text; the whole of it is unlike any other of the storm. */
export type Token = {
  readonly text: string
  state: 'written' | 'acknowledged' | 'taken-back' | 'gone'
}

export class Ledger {
  readonly tokens: Token[] = []
  #acknowledged = 0
  /** Acknowledged writings and acknowledged deletions. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  write(text: string): Token {
    const token: Token = { text, state: 'written' }
    this.tokens.push(token)
    return token
  }

  acknowledge(token: Token): void {
    if (token.state !== 'written') return
    token.state = 'acknowledged'
    this.#acknowledged += 1
  }

  acknowledgeDeletion(token: Token): void {
    if (token.state !== 'taken-back') return
    token.state = 'gone'
    this.#acknowledged += 1
  }
}

/** Ties the tokens of a Yjs client to item ids, so that an acknowledged update says which tokens it held. */
export class TypedTokens {
  readonly ledger: Ledger
  readonly #byClock = new Map<string, Token>()

  constructor(ledger: Ledger) {
    this.ledger = ledger
  }

  /** `clock` is where the token begins. */
  typed(client: number, clock: number, text: string): Token {
    const token = this.ledger.write(text)
    this.#byClock.set(`${client}:${clock}`, token)
    return token
  }

  /** Call what it returns when the server has said that it committed this offer. */
  offered({ what, update }: Offer): () => void {
    if (what === 'update') return () => this.#committed(update)
    const written = this.ledger.tokens.filter(({ state }) => state === 'written')
    const takenBack = this.ledger.tokens.filter(({ state }) => state === 'taken-back')
    return () => {
      for (const token of written) this.ledger.acknowledge(token)
      for (const token of takenBack) this.ledger.acknowledgeDeletion(token)
    }
  }

  #committed(update: Uint8Array): void {
    const { structs, ds } = Y.decodeUpdate(update)
    for (const struct of structs) {
      if (struct instanceof Y.Skip) continue
      this.#each(struct.id.client, struct.id.clock, struct.length, (token) => {
        this.ledger.acknowledge(token)
      })
    }
    for (const [client, deletes] of ds.clients) {
      for (const { clock, len } of deletes) {
        this.#each(client, clock, len, (token) => {
          this.ledger.acknowledgeDeletion(token)
        })
      }
    }
  }

  #each(client: number, clock: number, length: number, act: (token: Token) => void): void {
    for (let at = clock; at < clock + length; at += 1) {
      const token = this.#byClock.get(`${client}:${at}`)
      if (token && at + token.text.length <= clock + length) act(token)
    }
  }
}

export type Comparison = { readonly lost: readonly string[]; readonly doubled: readonly string[] }

/** Compares a text with what was acknowledged: what is missing, what came back, and what is there twice. */
export function compare({ tokens }: Pick<Ledger, 'tokens'>, text: string): Comparison {
  const counts = new Map<string, number>()
  for (const line of text.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1)
  const lost: string[] = []
  const doubled: string[] = []
  for (const token of tokens) {
    const times = counts.get(token.text.trimEnd()) ?? 0
    if (token.state === 'acknowledged' && times === 0) lost.push(token.text.trimEnd())
    if (token.state === 'gone' && times > 0) lost.push(`${token.text.trimEnd()} (its deletion)`)
    if (times > 1) doubled.push(token.text.trimEnd())
  }
  return { lost, doubled }
}
