/** What the changing tools have in common. */
import { tool } from '@opencode-ai/plugin/tool'

export const patchTitle = tool.schema
  .string()
  .optional()
  .describe(
    'With the first change of an answer: what all its changes do together, in a few words that a reviewer understands, such as "Check the e-mail address before sending"',
  )

export const PATCH_FORMAT = `
All files of a patch change together or not at all.
The patch is one envelope with a section for each file:

*** Begin Patch
*** Add File: src/greeting.ts
+export const greeting = 'Hello'
*** Update File: src/old-name.ts
*** Move to: src/new-name.ts
@@ function greet() {
   const name = who()
-  print('Hi')
+  print(greeting)
*** Delete File: src/obsolete.ts
*** End Patch

- In an update, kept lines start with a space, removed ones with "-", added ones with "+". Give about three kept lines around each change.
- Where the lines occur more than once, name the function or class around them behind "@@".
- "*** Move to:" is optional, and may stand alone. Paths are paths in the project.
- The result says whether the patch was applied, queued for approval, or denied by a rule. Never retry a denied patch.`
