import type { ReactNode } from 'react';
import { type SellerFrame, sellerPage } from './frame.js';
import { inWords } from './tables.js';

/** A whole list, a page at a time, with what narrows it. */
export interface ListPage {
  person: string;
  isNew: boolean;
  test: boolean;
  here: SellerFrame['here'];
  title: string;
  /** What its search takes, in words; null where it has none. */
  searches: string | null;
  search: string;
  statuses: readonly string[];
  status: string;
  /** The address of the same list as a file. */
  file: string;
  /** The address of the next page; null on the last. */
  older: string | null;
  isFirst: boolean;
  isNarrowed: boolean;
  count: number;
}

/** A list of a seller's with its filter, the way on, and the same as a file. */
export function listPage(page: ListPage, table: ReactNode): string {
  const { isNarrowed } = page;
  return sellerPage(
    page,
    <>
      <h1>{page.title}</h1>
      <form method="get" action={page.here} className="filter">
        {page.searches && (
          <div>
            <label htmlFor="search">{page.searches}</label>
            <input id="search" name="search" type="search" maxLength={254} defaultValue={page.search} />
          </div>
        )}
        <div>
          <label htmlFor="status">Status</label>
          <select id="status" name="status" defaultValue={page.status}>
            <option value="">any</option>
            {page.statuses.map((status) => (
              <option key={status} value={status}>
                {inWords(status)}
              </option>
            ))}
          </select>
        </div>
        <button type="submit">Show</button>
      </form>
      <div className="card">
        {page.count > 0 && table}
        {page.count === 0 && <p className="soft">{isNarrowed ? 'Nothing matches.' : 'There is nothing yet.'}</p>}
        <p className="pages">
          {(isNarrowed || !page.isFirst) && <a href={page.here}>{isNarrowed ? 'Show all' : 'Newest'}</a>}
          {page.older && <a href={page.older}>Older</a>}
          {page.count > 0 && <a href={page.file}>All of them as a file</a>}
        </p>
      </div>
    </>,
  );
}
