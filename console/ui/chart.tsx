import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';

export interface Bars {
  /** What it shows, for who does not see it. */
  label: string;
  data: Record<string, string | number>[];
  /** Which entry of the data names a bar. */
  of: string;
  series: { name: string; label: string; color: string }[];
  format: (value: number) => string;
}

/** Bars, several of one place on top of each other. In a part of its own, since it weighs more than all the rest of the console. */
export default function Chart({ label, data, of, series, format }: Bars) {
  return (
    <div role="img" aria-label={label}>
      <BarChart
        h={220}
        data={data}
        dataKey={of}
        series={series}
        type="stacked"
        valueFormatter={format}
        withLegend={series.length > 1}
        tickLine="none"
        maxBarWidth={36}
        yAxisProps={{ width: 64, allowDecimals: false }}
        xAxisProps={data.length > 10 ? { minTickGap: 24 } : { interval: 0 }}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false }}
        legendProps={{ verticalAlign: 'bottom', height: 28 }}
      />
    </div>
  );
}
