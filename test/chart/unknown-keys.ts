import path from 'node:path';
import ts from 'typescript';
import { type Manifest, root } from './release.js';

const file = path.join(root, 'test/chart/rendered-objects.ts');
const options: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

/**
 * What TypeScript says of the objects as literals of their kinds' types: a key that the kind does not know, a key that
 * is missing, a value of another type. The validators of `kubernetes-models` let unknown keys pass.
 */
export function typeFaults(objects: readonly Manifest[]): string[] {
  const source = objects.map(literal).join('\n');
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === file || fileExists(name);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((fault) => {
    const line =
      fault.file && fault.start !== undefined ? fault.file.getLineAndCharacterOfPosition(fault.start).line : 0;
    const object = objects[Math.floor(line / 2)]!;
    return `${object.kind} ${object.metadata.name}: ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`;
  });
}

/** Two lines: the type of its kind, and the object. */
function literal(object: Manifest, index: number): string {
  const { apiVersion, kind } = object;
  return `import type { I${kind} as Kind${index} } from 'kubernetes-models/${apiVersion}/${kind}';
export const object${index}: Kind${index} = ${JSON.stringify(object)};`;
}
