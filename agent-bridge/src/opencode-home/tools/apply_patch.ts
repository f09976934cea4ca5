/** Shadows OpenCode's `apply_patch`, which it offers only to models that were trained to it: all files or none. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'
import { PATCH_FORMAT, patchTitle } from '../lib/patches.ts'

export default tool({
  description: `Change files of the live project by a patch. ${PATCH_FORMAT}`,
  args: {
    patchText: tool.schema.string().describe('The full patch text'),
    patchTitle,
  },
  execute: (args, context) => callBridge('apply_patch', args, context),
})
