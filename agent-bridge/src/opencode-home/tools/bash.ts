/** Shadows OpenCode's `bash`, which would act outside the project's authority: always refused, in words. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'

export default tool({
  description: 'Not available in this session: every call is refused. Do not use it.',
  args: { command: tool.schema.string().optional().describe('The command') },
  execute: (args, context) => callBridge('bash', args, context),
})
