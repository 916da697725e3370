import { Text } from '@mantine/core';

export interface Bar {
  label: string;
  beganMs: number;
  tookMs: number;
  ok: boolean;
}

const rowHeight = 28;
const labelWidth = 110;
const width = 520;
const noteWidth = 80;

/** When each of several calls ran, one bar below the other on one line of time: what overlaps ran at once. */
export function Waterfall({ bars }: { bars: Bar[] }) {
  const whole = Math.max(1, ...bars.map(({ beganMs, tookMs }) => beganMs + tookMs));
  const x = (ms: number) => labelWidth + (ms * (width - labelWidth - noteWidth)) / whole;
  const told = bars.map(({ label, beganMs, tookMs, ok }) => `${label} from ${beganMs} ms, for ${tookMs} ms, ${ok ? 'answered' : 'failed'}`);
  return (
    <figure className="whole waterfall">
      <svg viewBox={`0 0 ${width} ${bars.length * rowHeight}`} role="img" aria-label={`When each ran: ${told.join('; ')}`}>
        {bars.map(({ label, beganMs, tookMs, ok }, row) => (
          <g key={label} transform={`translate(0 ${row * rowHeight})`}>
            <text x={0} y={18}>
              {label}
            </text>
            <rect x={x(beganMs)} y={6} width={Math.max(2, x(tookMs) - labelWidth)} height={16} rx={3} className={ok ? 'answered' : 'failed'} />
            <text x={Math.min(x(beganMs + tookMs) + 6, width - noteWidth)} y={18}>
              {tookMs} ms{ok ? '' : ' ✗'}
            </text>
          </g>
        ))}
      </svg>
      <Text component="figcaption" size="sm" c="dimmed">
        {whole} ms in all, from left to right. Bars that overlap ran at once.
      </Text>
    </figure>
  );
}
