import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { syncProblems } from '@millrace/contracts';
import { type Fault, Problem } from '@millrace/kernel';
import { type Document, isSeq, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { cliProblems } from '../region/problems.js';

/** A fault with its place in the file. */
export interface PlacedFault extends Fault {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `file:line:column`, which terminals and editors turn into a link. */
  readonly place: string;
}

type Place = Omit<PlacedFault, keyof Fault>;

type Base = readonly (string | number)[];

/** A pipeline in YAML or JSON, which knows where in the file each part of it stands. */
export class PipelineFile {
  private constructor(
    readonly path: string,
    private readonly source: Document,
    private readonly lines: LineCounter,
    /** Where in the file the pipeline stands: an export holds several. */
    private readonly base: Base = [],
  ) {}

  /** @throws Problem `cli.file-unreadable`, or `sync.invalid-pipeline` with the place of every fault of the syntax */
  static read(path: string): PipelineFile {
    return PipelineFile.parse(readText(path), path);
  }

  /** The pipelines of files, of exports, and of folders of either, in their order. */
  static readAll(paths: readonly string[]): PipelineFile[] {
    return paths.flatMap(filesAt).flatMap((path) => PipelineFile.read(path).each());
  }

  /** The pipelines of an export; of any other file itself. */
  each(): PipelineFile[] {
    const list = this.source.get('pipelines');
    if (!isSeq(list)) return [this];
    return list.items.map((_, index) => new PipelineFile(this.path, this.source, this.lines, ['pipelines', index]));
  }

  /** {@link read} for a text that is at hand; `path` is how messages call it. */
  static parse(text: string, path: string): PipelineFile {
    const lines = new LineCounter();
    const file = new PipelineFile(path, parseDocument(text, { lineCounter: lines }), lines);
    const errors = file.source.errors.map(({ message, pos }) => ({
      path: '',
      message: message.split('\n')[0]!.replace(/ at line .*$/, ''),
      ...file.at(pos[0]),
    }));
    if (errors.length) throw file.problem('The file is not valid YAML.', errors);
    return file;
  }

  /** The document as the API takes it. */
  get document(): z.core.util.JSONType {
    const whole: unknown = this.source.toJS();
    const part = this.base.reduce<unknown>((from, key) => (from as Record<string | number, unknown>)[key], whole);
    return z.json().parse(part);
  }

  /** The pipeline's name. @throws Problem `sync.invalid-pipeline` when the document has none */
  get name(): string {
    const name: unknown = this.source.getIn([...this.base, 'name']);
    if (typeof name === 'string' && name !== '') return name;
    throw this.problem('The pipeline has no name.', [
      { path: '/name', message: 'must be the name of the pipeline', ...this.at(0) },
    ]);
  }

  /** What the region found wrong, with the line of each fault; every other problem as it is. */
  explain(error: unknown): unknown {
    if (!(error instanceof Problem) || error.code !== syncProblems.invalidPipeline.code || !error.details.errors)
      return error;
    const faults = error.details.errors.map((fault) => ({
      ...fault,
      path: fault.path.replace(/^\/document/, ''),
      ...this.place(fault.path),
    }));
    return this.problem(error.toDocument().detail, faults);
  }

  /** Where the value that a JSON Pointer of the API names stands, or what of it there is. */
  private place(pointer: string): Place {
    const within = pointer
      .replace(/^\/document/, '')
      .split('/')
      .slice(1)
      .map(decodePointer);
    const parts = [...this.base, ...within];
    for (let length = parts.length; length >= 0; length -= 1) {
      const node = length ? this.source.getIn(parts.slice(0, length), true) : this.source.contents;
      const range = (node as { range?: [number, number, number] } | null | undefined)?.range;
      if (range) return this.at(range[0]);
    }
    return this.at(0);
  }

  private at(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    const [row, column] = [Math.max(1, line), Math.max(1, col)];
    return { line: row, column, place: `${this.path}:${row}:${column}` };
  }

  private problem(detail: string, faults: readonly PlacedFault[]): Problem {
    const errors = [...faults].sort((a, b) => a.line - b.line || a.column - b.column);
    return new Problem(syncProblems.invalidPipeline, { detail, errors });
  }
}

function decodePointer(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~');
}

const PIPELINE_FILE = /\.(ya?ml|json)$/;

/** A file itself; of a folder its files, or those of its folder `pipelines`, which is how an export is laid out. */
function filesAt(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const exported = join(path, 'pipelines');
  const folder = existsSync(exported) ? exported : path;
  const files = readdirSync(folder).filter((name) => PIPELINE_FILE.test(name));
  return files.sort().map((name) => join(folder, name));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Problem(cliProblems.fileUnreadable, { detail: `${path} cannot be read (${code}).`, cause });
  }
}
