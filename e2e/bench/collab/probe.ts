/** Loaded before a server under test: tells its processor time and its heap when asked. */
export type Question = 'cpu' | 'heap'
export type ProbeMessage = { readonly probe: Question }
/** `cpu`: milliseconds since its start, user and system. `heap`: bytes in use after a collection, buffers included. */
export type ProbeAnswer = { readonly answer: number }

process.on('message', (message: Partial<ProbeMessage> | null) => {
  if (message?.probe === undefined) return
  const answer = message.probe === 'cpu' ? cpu() : heap()
  process.send?.({ answer } satisfies ProbeAnswer)
})

function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function heap(): number {
  const collect = (globalThis as { gc?: () => void }).gc
  if (!collect) throw new Error('the probe needs --expose-gc')
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
