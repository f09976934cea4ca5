/** What `apply_patch` is to the models that OpenCode does not offer that: several files at once, moves and deletions. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'
import { PATCH_FORMAT, patchTitle } from '../lib/patches.ts'

export default tool({
  description: `Delete or move files of the live project, or change several at once. For a change in one file use edit. ${PATCH_FORMAT}`,
  args: {
    patchText: tool.schema.string().describe('The full patch text'),
    patchTitle,
  },
  execute: (args, context) => callBridge('patch', args, context),
})
