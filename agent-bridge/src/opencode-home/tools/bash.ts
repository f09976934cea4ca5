/** Shadows OpenCode's `bash`: the command runs elsewhere, on a copy of the project, and never in this capsule. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'

const { schema } = tool

export default tool({
  description: `Runs a bash command on a copy of the live project, as you see it: scripts, tests, type checks, git-free tools.
The copy is fresh at each command; installed packages stay for a while. What the command changes in the project's files
is judged like an edit and the result says what became of it. There is no network; packages can be installed where the
role allows it. Use read, glob, grep and list to look, edit and write to change: they are faster.`,
  args: {
    command: schema.string().describe('The command to run'),
    timeout: schema
      .number()
      .optional()
      .describe('Milliseconds, at most 600000; 120000 unless given'),
    workdir: schema.string().optional().describe('A folder of the project; its root unless given'),
    description: schema.string().optional().describe('What this does, in five to ten words'),
  },
  execute: (args, context) => callBridge('bash', args, context),
})
