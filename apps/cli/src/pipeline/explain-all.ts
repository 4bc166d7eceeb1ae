import { syncProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { PipelineFile } from './pipeline-file.js';

/**
 * Does something with each file, one after the other, and reports what is wrong with all of them at once, each fault at
 * its line.
 */
export async function explainAll<Result>(
  files: readonly PipelineFile[],
  work: (file: PipelineFile) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      results.push(await work(file));
    } catch (error) {
      const explained = file.explain(error);
      if (!(explained instanceof Problem) || explained.code !== syncProblems.invalidPipeline.code) throw explained;
      problems.push(explained);
    }
  }
  if (problems.length === 1) throw problems[0]!;
  if (problems.length === 0) return results;
  const errors = problems.flatMap(({ details }) => details.errors ?? []);
  throw new Problem(syncProblems.invalidPipeline, { detail: `${problems.length} pipelines are not right.`, errors });
}
