/** Carries one tool call from OpenCode to the bridge, with nothing but this session's token. */

type Context = { readonly abort: AbortSignal; readonly callID?: string }
type Result = { title: string; output: string; metadata: Record<string, unknown> }

/** Throws what the bridge says went wrong: OpenCode shows it to the model as the tool's error. */
export async function callBridge(
  name: string,
  args: Record<string, unknown>,
  context: unknown,
): Promise<Result> {
  const { abort, callID } = context as Context
  const response = await fetch(`${process.env['RELPIN_BRIDGE']}/tools/${name}`, {
    method: 'POST',
    signal: abort,
    headers: {
      authorization: `Bearer ${process.env['RELPIN_TOKEN']}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ callId: callID ?? crypto.randomUUID(), args }),
  })
  const answer = (await response.json()) as Result & { detail?: string }
  if (!response.ok) throw new Error(answer.detail ?? `The studio refused with ${response.status}.`)
  return { title: answer.title, output: answer.output, metadata: answer.metadata }
}
