/** webfetch and task: refused in words, because they would act outside the project's authority. */
import type { z } from 'zod'
import { z as schema } from 'zod'
import { defineTool } from './tool.ts'

export const webfetchTool = unavailable(
  'Fetching from the web',
  'capsule:network',
  'There is no network in this session. Use what the project and the prompt say.',
)
export const taskTool = unavailable(
  'Starting a subagent',
  'capsule:task',
  'There are no subagents in this session. Do the work step by step yourself.',
)

function unavailable(what: string, rule: string, why: string) {
  const args: z.ZodType = schema.object({})
  return defineTool({
    args,
    title: () => what,
    run: () =>
      Promise.resolve({
        result: 'done',
        title: `${what} was refused`,
        detail: why,
        output: `denied by rule ${rule}: ${why} Do not retry.`,
        outcome: { kind: 'denied', rule, why },
      }),
  })
}
