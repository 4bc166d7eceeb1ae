/** One selected field: nothing else is read. */
export interface ProjectedField {
  readonly field: string;
  /** `as-is` keeps the field's own cell kind; `text` asks for the system's exact text form of the value. */
  readonly as: 'as-is' | 'text';
}

/** How much is read at a time, whatever the size of the stream. */
export interface ReadLimits {
  /** Most records of one batch. */
  readonly batchRows: number;
  /** A batch ends when it holds this many bytes, whatever its number of records. */
  readonly batchBytes: number;
  /** A larger record is refused with `record-too-large`. */
  readonly maxRecordBytes: number;
}
