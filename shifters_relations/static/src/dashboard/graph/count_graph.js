import { cookie } from "@web/core/browser/cookie";
import { darkenColor, getCustomColor, lightenColor } from "@web/core/colors/colors";
import { registry } from "@web/core/registry";
import { formatInteger } from "@web/views/fields/formatters";
import { GraphModel } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

/** Keeps the order in which a selection lists its values: an idea comes before its outcome. */
class CountGraphModel extends GraphModel {
    _getProcessedDataPoints() {
        const points = super._getProcessedDataPoints();
        const { fields, groupBy } = this.metaData;
        const ranks = groupBy.map(({ fieldName }, place) => {
            const selection = fields[fieldName].selection || [];
            const seen = points.map((point) => point.labels[place]);
            const labels = new Set([...selection.map(([, label]) => label), ...seen]);
            return new Map([...labels].map((label, rank) => [label, rank]));
        });
        const compare = (one, other) =>
            ranks.reduce(
                (found, rank, place) => found || rank.get(one.labels[place]) - rank.get(other.labels[place]),
                0
            );
        return [...points].sort(compare);
    }
}

/** What a value says has its colour, whichever comes first: what is late is red, what was agreed is grey. */
const COLOURS = {
    covered: "#43C5B1",
    done: "#43C5B1",
    late: "#EA6175",
    never: "#F4A261",
    planned: "#4EA7F2",
    carries: "#4EA7F2",
    least: "#A4A8B6",
    most: "#545B70",
};

function getColour({ identifiers }) {
    const [values] = [...(identifiers || [])].map((identifier) => JSON.parse(identifier));
    return values?.length > 1 && COLOURS[Object.values(values.at(-1))[0]];
}

/** Counts are whole numbers. */
class CountGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        for (const dataset of data.datasets) {
            dataset.backgroundColor = getColour(dataset) || dataset.backgroundColor;
        }
        return data;
    }

    getLineChartData() {
        const data = super.getLineChartData();
        const scheme = cookie.get("color_scheme");
        for (const dataset of data.datasets) {
            const colour = getColour(dataset) || dataset.borderColor;
            dataset.backgroundColor = getCustomColor(scheme, lightenColor(colour, 0.5), darkenColor(colour, 0.5));
            dataset.borderColor = dataset.hoverBackgroundColor = dataset.pointBackgroundColor = colour;
        }
        return data;
    }

    getScaleOptions() {
        const scales = super.getScaleOptions();
        if (scales.y) {
            scales.y.ticks = { ...scales.y.ticks, precision: 0, callback: (value) => formatInteger(value) };
        }
        return scales;
    }
}

registry.category("views").add("relationship_count_graph", {
    ...graphView,
    Model: CountGraphModel,
    Renderer: CountGraphRenderer,
});
