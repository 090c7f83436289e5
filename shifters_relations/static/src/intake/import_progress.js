import { Component, onMounted, onWillUnmount, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY = 2000; // milliseconds

/** While a job works on a list, its page shows how far it is. */
export class ImportProgress extends Component {
    static template = xml``;
    static props = standardWidgetProps;

    setup() {
        let timer;
        onMounted(() => {
            timer = setInterval(() => this.look(), EVERY);
        });
        onWillUnmount(() => clearInterval(timer));
    }

    async look() {
        const { record } = this.props;
        if (!(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("relationship_import_progress", { component: ImportProgress });
