/** What the rounds found, paired round by round: the same minute of the same machine for all three. */
import { percentile, rounded } from '../parts/statistics.ts'
import { NAMES, type Name } from './subjects.ts'

const median = (values: readonly number[]): number => percentile(values, 0.5)

export class Results {
  readonly #found = new Map<string, number[]>()

  add(name: Name, figures: Readonly<Record<string, number>>): void {
    for (const [key, value] of Object.entries(figures)) {
      const id = `${name} ${key}`
      this.#found.set(id, [...(this.#found.get(id) ?? []), value])
    }
  }

  has(key: string): boolean {
    return NAMES.every((name) => this.#found.has(`${name} ${key}`))
  }

  of(name: Name, key: string): readonly number[] {
    return this.#found.get(`${name} ${key}`) ?? []
  }

  median(name: Name, key: string): number {
    return median(this.of(name, key))
  }

  /** The median over the rounds of what `pair` makes of ours and theirs in one round. */
  paired(
    key: string,
    pair: (ours: number, hocuspocus: number, yWebsocket: number) => number,
  ): number {
    const [hocuspocus, yWebsocket] = [this.of('hocuspocus', key), this.of('y-websocket', key)]
    return median(
      this.of('relpin', key).map((ours, round) =>
        pair(ours, hocuspocus[round] ?? NaN, yWebsocket[round] ?? NaN),
      ),
    )
  }
}

const ROWS: readonly (readonly [key: string, label: string, digits: number])[] = [
  ['p50_20', '20 clients, 200 updates/s: p50, ms', 2],
  ['p99_20', '20 clients, 200 updates/s: p99, ms', 2],
  ['p50_100', '100 clients, 200 updates/s: p50, ms', 2],
  ['p99_100', '100 clients, 200 updates/s: p99, ms', 2],
  ['rate_one', 'highest rate from one connection, keystrokes/s', 0],
  ['rate_many', 'highest rate from 64 connections, keystrokes/s', 0],
  ['cpu', 'server processor time an update, ms', 3],
  ['cpu_with_database', 'the same with the database, ms', 3],
  ['p50_documents', 'many documents: p50, ms', 2],
  ['p99_documents', 'many documents: p99, ms', 2],
  ['cpu_documents', 'many documents: server processor time an update, ms', 3],
  ['cold_load', 'cold load of 200 KB in 20,000 pieces, ms', 1],
  ['heap', 'heap of an idle open document, KB', 1],
  ['trace', 'trace replay, changes/s', 0],
]

/** One line for each figure: median and spread of each server, and ours against the others round by round. */
export function table(results: Results): string {
  const head = ['', ...NAMES, 'vs hocuspocus', 'vs y-websocket']
  const lines = ROWS.filter(([key]) => results.has(key)).map(([key, label, digits]) => [
    label,
    ...NAMES.map((name) => {
      const values = results.of(name, key)
      const [least, most] = [Math.min(...values), Math.max(...values)]
      const number = (value: number): string => value.toFixed(digits)
      return `${number(median(values))} (${number(least)}..${number(most)})`
    }),
    `${results.paired(key, (ours, theirs) => ours / theirs).toFixed(2)} x`,
    `${results.paired(key, (ours, _, theirs) => ours / theirs).toFixed(2)} x`,
  ])
  const all = [head, ...lines]
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)))
  return all
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n')
}

/** The figures by which the product is judged; only of what was measured. */
export function summary(results: Results): Readonly<Record<string, number>> {
  const out: Record<string, number> = {}
  const put = (key: string, from: readonly string[], value: () => number, digits = 2): void => {
    if (from.every((one) => results.has(one))) out[key] = rounded(value(), digits)
  }
  const overBest = (key: string): number =>
    results.paired(key, (ours, one, other) => ours - Math.min(one, other))
  const versus = (key: string): number => results.paired(key, (ours, theirs) => ours / theirs)
  put('p50_ms', ['p50_20'], () => results.median('relpin', 'p50_20'))
  put('p99_ms', ['p99_20'], () => results.median('relpin', 'p99_20'))
  put('p99_over_best_peer_ms', ['p99_20', 'p99_100'], () =>
    Math.max(overBest('p99_20'), overBest('p99_100')),
  )
  // Not a peer's figure, but what ours consists of: a commit cannot be quicker than the disk.
  for (const key of ['flush_p50', 'flush_p99'])
    if (results.of('relpin', key).length > 0)
      out[`disk_${key}_ms`] = rounded(results.median('relpin', key), 2)
  put('max_rate_one_vs_hocuspocus', ['rate_one'], () => versus('rate_one'))
  put('max_rate_many_vs_hocuspocus', ['rate_many'], () => versus('rate_many'))
  put('max_rate_vs_ywebsocket', ['rate_one', 'rate_many'], () =>
    Math.min(
      ...['rate_one', 'rate_many'].map((key) =>
        results.paired(key, (ours, _, theirs) => ours / theirs),
      ),
    ),
  )
  put('server_cpu_vs_hocuspocus', ['cpu'], () => versus('cpu'))
  put('cold_load_vs_best_peer', ['cold_load'], () =>
    results.paired('cold_load', (ours, one, other) => ours / Math.min(one, other)),
  )
  put('heap_per_doc_vs_hocuspocus', ['heap'], () => versus('heap'))
  put('trace_vs_best_peer', ['trace'], () =>
    results.paired('trace', (ours, one, other) => ours / Math.max(one, other)),
  )
  put('documents_p99_over_best_peer_ms', ['p99_documents'], () => overBest('p99_documents'))
  return out
}
