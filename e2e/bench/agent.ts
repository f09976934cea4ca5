/** `npm run bench -- agent`: what the agent's tools cost over live texts, and how soon its edits are in every editor. */
import { measureGateway } from './agent/gateway.ts'
import { measureToolCalls } from './agent/tool-calls.ts'
import { percentile, rounded } from './parts/statistics.ts'

const p50 = (values: readonly number[]): number => rounded(percentile(values, 0.5))
const p99 = (values: readonly number[]): number => rounded(percentile(values, 0.99))

process.stderr.write('Tools on 1,000 files\n')
const tools = await measureToolCalls()
process.stderr.write('The gateway\n')
const gateway = await measureGateway()
const overhead = rounded(p50(gateway.through) - p50(gateway.direct))
const table: readonly (readonly [string, string])[] = [
  ['grep over 1,000 files, p50 / p99', `${p50(tools.grep)} / ${p99(tools.grep)} ms`],
  ['edit, from the call to its verdict, p50 / p99', `${p50(tools.edit)} / ${p99(tools.edit)} ms`],
  [
    'edit, to another person’s editor, p50 / p99',
    `${p50(tools.editToPeer)} / ${p99(tools.editToPeer)} ms`,
  ],
  [
    'first token, with / without the gateway, p50',
    `${p50(gateway.through)} / ${p50(gateway.direct)} ms`,
  ],
  ['what the gateway adds, p50', `${overhead} ms`],
  [
    'gateway’s process at rest / with 200 streams',
    `${rounded(gateway.restMb, 0)} / ${rounded(gateway.streamsMb, 0)} MB`,
  ],
]
const width = Math.max(...table.map(([name]) => name.length))
for (const [name, value] of table)
  process.stdout.write(`${name.padEnd(width)}  ${value.padStart(16)}\n`)
process.stdout.write(
  `${JSON.stringify({
    bench: 'agent',
    tool_call_ms_p50: p50(tools.edit),
    edit_to_peer_ms_p99: p99(tools.editToPeer),
    grep_1k_ms: p50(tools.grep),
    gateway_overhead_ms_p50: overhead,
    gateway_200_streams_rss_mb: rounded(gateway.streamsMb, 0),
  })}\n`,
)
