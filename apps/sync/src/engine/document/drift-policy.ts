import { z } from 'zod';

/** What a run does when the source is not what it was when the document was applied. Whatever it does, the owners are told. */
export const DriftPolicy = z
  .strictObject({
    gained: z
      .enum(['ignore', 'propagate', 'fail'])
      .default('ignore')
      .describe(
        'A field that the stream did not have before: it stays unread, it is selected and added to the target as it is (unless it looks personal), or the run stops',
      ),
    lost: z
      .enum(['fail', 'ignore'])
      .default('fail')
      .describe(
        'A selected field that is gone: the run stops, or the target’s column is written no more and keeps what it has',
      ),
    retyped: z
      .enum(['ignore', 'propagate', 'fail'])
      .default('ignore')
      .describe(
        'A selected field of another type: the run goes on if the target’s column still holds every value, the column is widened where nothing is lost by it, or the run stops',
      ),
  })
  .prefault({})
  .describe('What happens when the source’s fields change');
export type DriftPolicy = z.infer<typeof DriftPolicy>;
