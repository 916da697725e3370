import type { DocumentNode } from 'graphql';

const documentsMax = 500; // more than programs and pages send; callers choose their documents, so how many there are is theirs

/** The documents that were read lately, so that one sent again is not read and checked again. Apollo's own bounds their text, and keeps many times that in memory. */
export class DocumentStore {
  readonly #kept = new Map<string, DocumentNode>();

  async get(key: string): Promise<DocumentNode | undefined> {
    const found = this.#kept.get(key);
    if (found) this.#keep(key, found); // the last one asked for goes last
    return found;
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.#keep(key, document);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > documentsMax && oldest !== undefined) this.#kept.delete(oldest);
  }

  async delete(key: string): Promise<boolean> {
    return this.#kept.delete(key);
  }

  #keep(key: string, document: DocumentNode): void {
    this.#kept.delete(key);
    this.#kept.set(key, document);
  }
}
