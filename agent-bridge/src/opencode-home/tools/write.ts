/** Shadows OpenCode's `write`: creates a file, or replaces one with the smallest change that gives the same text. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'
import { patchTitle } from '../lib/patches.ts'

export default tool({
  description: `Create a file in the live project, or replace the whole text of one that was read before.
- Prefer edit for existing files: others are typing in them.
- The result says whether it was applied, queued for approval, or denied by a rule. Never retry a denied write.`,
  args: {
    filePath: tool.schema.string().describe('Path in the project, such as src/App.ts'),
    content: tool.schema.string().describe('The whole text of the file'),
    patchTitle,
  },
  execute: (args, context) => callBridge('write', args, context),
})
