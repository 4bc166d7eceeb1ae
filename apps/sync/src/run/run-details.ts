/** What the ledger says of a run that starts. */
export function runDetails(run: {
  pipelineId: string;
  pipelineVersion: number;
  mappingDigest: string;
  trigger: string;
}): Record<string, string | number> {
  const { pipelineId, pipelineVersion, mappingDigest, trigger } = run;
  return { pipelineId, pipelineVersion, mappingDigest, trigger };
}
