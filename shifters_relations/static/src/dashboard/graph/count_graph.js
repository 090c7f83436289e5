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

/** Counts are whole numbers. */
class CountGraphRenderer extends GraphRenderer {
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
